import { Button, Drawer, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { CodeBlock } from '@/components/CodeBlock'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { type RowDetail, rowQuery } from '@/lib/api/rows'
import { formatCount } from '@/lib/format'
import { cellText, typeWord } from './cells'
import classes from './RowViewer.module.css'

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
          {(found) => <RowInFull row={found} />}
        </QueryView>
      </Stack>
    </Drawer>
  )
}

interface RowInFullProps {
  row: RowDetail
}

function RowInFull({ row }: RowInFullProps) {
  const raw = row.raw_column === null ? null : row.values[row.raw_column]
  const columns = row.columns.filter(({ name }) => name !== row.raw_column)
  return (
    <Stack gap="md">
      <Text size="sm">
        Split {row.split}, in {row.file}
      </Text>
      {typeof raw === 'string' && (
        <section aria-label="Raw line">
          <Text size="sm" fw={600} mb={4}>
            Raw line
          </Text>
          <CodeBlock text={raw} label="raw line" wraps />
        </section>
      )}
      <dl className={classes.values}>
        {columns.map((column) => {
          const value = row.values[column.name]
          const text = column.is_json && typeof value === 'string' ? pretty(value) : cellText(value)
          return (
            <div key={column.name}>
              <dt>
                {column.name} <span className={classes.type}>{typeWord(column)}</span>
              </dt>
              <dd className={text === null ? classes.missing : undefined}>
                {text ?? 'null'}
                {row.cut.includes(column.name) && '… (cut)'}
              </dd>
            </div>
          )
        })}
      </dl>
    </Stack>
  )
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
