import { List, Stack, Text } from '@mantine/core'
import { browserZone, momentToWall, offsetText, utcText } from '@/lib/time'

interface NextTimesProps {
  sentence: string
  next: string[]
  /** The schedule's own time zone. */
  zone: string
}

/** When a schedule runs: in words, and its next times on its own clock. */
export function NextTimes({ sentence, next, zone }: NextTimesProps) {
  const local = browserZone()
  return (
    <Stack gap={4}>
      <Text fw={600}>{sentence}</Text>
      {next.length === 0 ? (
        <Text size="sm">No next times.</Text>
      ) : (
        <List size="sm" type="ordered" aria-label="Next times">
          {next.map((at) => (
            <List.Item key={at}>
              <time dateTime={at} title={utcText(at)}>
                {clockText(at, zone)}
              </time>
              {zone !== local && (
                <Text span size="xs" c="dimmed">
                  {' '}
                  {momentToWall(at, local)} here
                </Text>
              )}
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  )
}

/** "Mon 2026-03-30 02:00:00 (UTC+02:00)": the offset shows where summer time begins. */
function clockText(at: string, zone: string): string {
  const wall = momentToWall(at, zone)
  if (wall === null) return at
  const day = new Intl.DateTimeFormat('en-US', { weekday: 'short', timeZone: zone }).format(new Date(at))
  return `${day} ${wall} (UTC${offsetText(at, zone)})`
}
