import { Alert, Button, Code, Group, List, Text } from '@mantine/core'
import { ConnectionError, ProblemError, errorText } from '@/lib/api/problem'
import { Icon } from './Icon'

interface ErrorNoticeProps {
  error: Error
  /** What could not be done, such as "The history could not be loaded". */
  title?: string
  onRetry?: () => void
}

/** Show an error with its invalid fields, and offer a retry. */
export function ErrorNotice({ error, title, onRetry }: ErrorNoticeProps) {
  return (
    <Alert color="red" role="alert" icon={<Icon name="alert" />} title={title ?? titleOf(error)}>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {explanationOf(error)}
      </Text>
      {error instanceof ProblemError && (
        <>
          {(error.problem.errors ?? []).length > 1 && (
            <List size="sm" mt="xs">
              {error.problem.errors?.map((field, index) => (
                <List.Item key={index}>
                  {field.field}: {field.message}
                </List.Item>
              ))}
            </List>
          )}
          {error.problem.errors?.map(({ value, position }, index) =>
            typeof value === 'string' && typeof position === 'number' ? (
              <Code block key={index} mt="xs" aria-label="Place of the error">
                {`${value}\n${' '.repeat(position)}^`}
              </Code>
            ) : null,
          )}
          <Text size="xs" c="dimmed" mt="xs">
            {error.problem.code}
            {error.problem.request_id && `, request ${error.problem.request_id}`}
          </Text>
        </>
      )}
      {onRetry && (
        <Group mt="sm">
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name="refresh" size={14} />}
            onClick={onRetry}
          >
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  )
}

function titleOf(error: Error): string {
  if (error instanceof ProblemError) return error.problem.title
  if (error instanceof ConnectionError) return 'No connection'
  return 'Something went wrong on this page'
}

function explanationOf(error: Error): string {
  if (error instanceof ConnectionError) {
    return 'The service does not respond. Start it with: lumber serve'
  }
  if (error instanceof ProblemError && (error.problem.errors ?? []).length > 1) {
    return 'Several fields are invalid:'
  }
  return errorText(error)
}
