import { Group, Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'

interface PageHeaderProps {
  title: string
  /** What the browser's tab shows instead of the title. */
  tab?: string | undefined
  /** One line below it. */
  description?: string
  actions?: ReactNode
  /** Beside the title, such as a status. */
  badge?: ReactNode
}

/** The page's heading, which also names the browser's tab. */
export function PageHeader({ title, tab, description, actions, badge }: PageHeaderProps) {
  useDocumentTitle(tab ?? `${title} · Lumber`)
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="sm">
      <div>
        <Group gap="sm">
          <Title order={1} size="h2">
            {title}
          </Title>
          {badge}
        </Group>
        {description && <Text c="dimmed">{description}</Text>}
      </div>
      {actions && <Group gap="xs">{actions}</Group>}
    </Group>
  )
}
