import { Alert, Text } from '@mantine/core'
import { Icon } from '@/components/Icon'
import { Moment } from '@/components/Moment'
import type { ExportDetails } from '@/lib/api/exports'
import { adviceFor } from './advice'

interface FailureNoticeProps {
  details: ExportDetails
}

/** The error of a failed export, or of the last attempt if there will be another. */
export function FailureNotice({ details }: FailureNoticeProps) {
  const last = (details.attempts ?? []).at(-1)
  const isFailed = details.status === 'failed'
  const isWaiting = details.status === 'pending' && Boolean(last?.error_message)
  if (!isFailed && !isWaiting) return null
  return (
    <Alert
      role="alert"
      color={isFailed ? 'red' : 'orange'}
      icon={<Icon name="alert" />}
      title={isFailed ? 'The export failed' : 'The last attempt failed'}
    >
      <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {(isFailed ? details.error_message : last?.error_message) ?? 'No reason was recorded.'}
      </Text>
      {isWaiting && (
        <Text size="sm" mt="xs">
          Lumber retries it automatically
          {details.next_attempt_at && (
            <>
              {' '}
              at <Moment at={details.next_attempt_at} />
            </>
          )}
          .
        </Text>
      )}
      {isFailed && (
        <Text size="sm" mt="xs">
          {adviceFor(details.error_code)}
        </Text>
      )}
      <Text size="xs" c="dimmed" mt="xs">
        {(isFailed ? details.error_code : last?.error_code) ?? ''}
      </Text>
    </Alert>
  )
}
