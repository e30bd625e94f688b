import { Fieldset, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface PartProps {
  title: string
  description?: ReactNode
  /** What is wrong with the part as a whole. */
  error?: ReactNode
  children: ReactNode
}

/** A named group of inputs in a longer section. */
export function Part({ title, description, error, children }: PartProps) {
  return (
    <Fieldset
      variant="unstyled"
      legend={
        <Text component="span" fw={600} size="sm">
          {title}
        </Text>
      }
    >
      <Stack gap="sm">
        {description && (
          <Text size="sm" c="dimmed">
            {description}
          </Text>
        )}
        {children}
        {error && (
          <Text size="sm" c="red" role="alert">
            {error}
          </Text>
        )}
      </Stack>
    </Fieldset>
  )
}
