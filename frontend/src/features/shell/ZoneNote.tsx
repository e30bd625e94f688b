import { Text, Tooltip } from '@mantine/core'
import { browserZone, offsetText } from '@/lib/time'

/** The time zone that every time on the pages is in. */
export function ZoneNote() {
  const zone = browserZone()
  const offset = offsetText(new Date().toISOString(), zone)
  return (
    <Tooltip
      label={`Times are shown in the zone ${zone}. Hover over a time to see UTC. Datasets contain UTC.`}
      multiline
      w={260}
    >
      <Text size="xs" c="dimmed" tabIndex={0} style={{ whiteSpace: 'nowrap' }}>
        <Text span inherit visibleFrom="xs">
          Times in {zone} (UTC{offset})
        </Text>
        {/* A telephone has no room for the name, which the tooltip has. */}
        <Text span inherit hiddenFrom="xs">
          UTC{offset}
        </Text>
      </Text>
    </Tooltip>
  )
}
