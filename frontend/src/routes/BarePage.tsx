import { Container, Group, Paper, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { ColorSchemeButton } from '@/features/shell/ColorSchemeButton'

interface BarePageProps {
  children: ReactNode
}

/** A page outside the shell, for somebody who is not signed in. */
export function BarePage({ children }: BarePageProps) {
  return (
    <Container size={440} px="md" py="xl">
      <Group component="header" justify="space-between" mb="lg">
        <Group gap="xs" wrap="nowrap">
          <img src="/favicon.svg" alt="" width={26} height={26} />
          <Text fw={700}>Lumber</Text>
        </Group>
        <ColorSchemeButton />
      </Group>
      <Paper component="main" withBorder p="lg">
        {children}
      </Paper>
    </Container>
  )
}
