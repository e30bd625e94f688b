import { Button, Drawer, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { rowQuery } from '@/lib/api/rows'
import { formatCount } from '@/lib/format'
import { RowInFull } from './RowInFull'

interface RowDrawerProps {
  exportId: string
  kind: string
  split: string | undefined
  total: number
  /** Number of the row; undefined: none is shown. */
  place: number | undefined
  onPlace: (place: number | undefined) => void
}

/** One row in full, with its raw line if the dataset has it. */
export function RowDrawer({ exportId, kind, split, total, place, onPlace }: RowDrawerProps) {
  const at = place ?? 0
  const row = useQuery({
    ...rowQuery(exportId, { kind, split, place: at }),
    enabled: place !== undefined,
  })
  return (
    <Drawer
      opened={place !== undefined}
      onClose={() => onPlace(undefined)}
      position="right"
      size="lg"
      title={`Row ${formatCount(at + 1)} of ${formatCount(total)}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="md">
        <Group gap="xs">
          <Button variant="default" size="xs" disabled={at === 0} onClick={() => onPlace(at - 1)}>
            Previous row
          </Button>
          <Button variant="default" size="xs" disabled={at + 1 >= total} onClick={() => onPlace(at + 1)}>
            Next row
          </Button>
        </Group>
        <QueryView
          query={row}
          errorTitle="The row could not be loaded"
          loading={<LoadingLines count={12} height={24} />}
        >
          {(found) => (
            <Stack gap="md">
              <Text size="sm">
                Split {found.split}, in {found.file}
              </Text>
              <RowInFull row={found} />
            </Stack>
          )}
        </QueryView>
      </Stack>
    </Drawer>
  )
}
