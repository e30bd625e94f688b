import { Button, Group, Select, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { EmptyState } from '@/components/EmptyState'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { rejectedRowsQuery } from '@/lib/api/rows'
import { formatCount, plural } from '@/lib/format'
import { ROWS_PER_PAGE, type RowSearch } from '@/lib/row-search'
import classes from './RowViewer.module.css'

interface RejectedRowsProps {
  exportId: string
  kind: string
  search: RowSearch
  onSearch: (changes: Partial<RowSearch>) => void
}

/** The rows that the export rejected, each with the rule that it broke. */
export function RejectedRows({ exportId, kind, search, onSearch }: RejectedRowsProps) {
  const { rule, search: text, place } = search
  const rejects = useQuery(
    rejectedRowsQuery(exportId, { kind, rule, search: text, place, limit: ROWS_PER_PAGE }),
  )
  return (
    <QueryView
      query={rejects}
      errorTitle="The rejected rows could not be loaded"
      loading={<LoadingLines count={8} height={28} />}
      isEmpty={(page) => page.total === 0}
      empty={<EmptyState title="No rejected rows">Every row of {kind} kept all rules.</EmptyState>}
    >
      {(page) => (
        <Stack gap="sm">
          <Group gap="xs">
            <Select
              aria-label="Broken rule"
              placeholder="All rules"
              data={page.rules.map(({ column, rule: name, rows }) => ({
                value: `${column}.${name}`,
                label: `${column}.${name} (${formatCount(rows)})`,
              }))}
              value={rule ?? null}
              onChange={(chosen) => onSearch({ rule: chosen ?? undefined, place: undefined })}
              clearable
              size="xs"
              flex="0 1 280px"
            />
            <Text size="sm" flex={1} aria-live="polite">
              {plural(page.total, 'row')} of {kind} rejected
              {page.rows.length === 0 && page.next !== null && '. None found yet'}
            </Text>
            <Button
              variant="default"
              size="compact-sm"
              disabled={place === undefined}
              onClick={() => onSearch({ place: undefined })}
            >
              First
            </Button>
            <Button
              variant="default"
              size="compact-sm"
              disabled={page.next === null}
              loading={rejects.isPlaceholderData}
              onClick={() => page.next !== null && onSearch({ place: page.next })}
            >
              Next
            </Button>
          </Group>
          <div className={classes.scroll} tabIndex={0} role="region" aria-label="Rejected rows">
            <Table fz="sm" verticalSpacing={4} miw={640}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th ta="right">Id</Table.Th>
                  <Table.Th>Rule</Table.Th>
                  <Table.Th>Value</Table.Th>
                  <Table.Th>Reason</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {page.rows.map((row) => (
                  <Table.Tr key={row.place}>
                    <Table.Td ta="right">{String(row.id)}</Table.Td>
                    <Table.Td ff="monospace">
                      {row.column}.{row.rule}
                    </Table.Td>
                    <Table.Td ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                      {row.value === null ? (
                        <span className={classes.missing}>null</span>
                      ) : (
                        `${JSON.stringify(row.value)}${row.is_cut ? '…' : ''}`
                      )}
                    </Table.Td>
                    <Table.Td>{row.reason}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </Stack>
      )}
    </QueryView>
  )
}
