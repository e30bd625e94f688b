import { Anchor, Group, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { QueryView } from '@/components/QueryView'
import { rejectsQuery, rejectsUrl } from '@/lib/api/exports'
import type { Reject } from '@/lib/api/reports'
import { formatCount } from '@/lib/format'

const EXAMPLES = 3
const LONGEST_VALUE = 120

interface RejectTableProps {
  exportId: string
  kind: string
  byRule: Record<string, number>
}

/** Rejected rows by rule, with examples of row, value and reason. */
export function RejectTable({ exportId, kind, byRule }: RejectTableProps) {
  const rules = Object.entries(byRule).toSorted(([, one], [, other]) => other - one)
  const rejects = useQuery({ ...rejectsQuery(exportId), enabled: rules.length > 0 })
  if (rules.length === 0) return <Text size="sm">No rejected rows.</Text>
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h6">
          Rejects by rule
        </Title>
        <Anchor
          href={`${rejectsUrl(exportId)}?kind=${encodeURIComponent(kind)}`}
          download={`rejects-${kind}.jsonl`}
          size="sm"
        >
          Download as JSON Lines
        </Anchor>
      </Group>
      <QueryView query={rejects} errorTitle="Examples could not be loaded">
        {(found) => (
          <Table.ScrollContainer minWidth={520}>
            <Table verticalSpacing={6} fz="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Rule</Table.Th>
                  <Table.Th ta="right">Rows</Table.Th>
                  <Table.Th>Examples</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rules.map(([rule, rows]) => (
                  <Table.Tr key={rule}>
                    <Table.Td ff="monospace">{rule}</Table.Td>
                    <Table.Td ta="right">{formatCount(rows)}</Table.Td>
                    <Table.Td style={{ overflowWrap: 'anywhere' }}>
                      {examplesOf(found, kind, rule).map((reject) => (
                        <div key={reject.id}>{exampleText(reject)}</div>
                      ))}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </QueryView>
    </section>
  )
}

/** The report names a rule by its column, `score.in_range`; a reject has both apart. */
function examplesOf(rejects: Reject[], kind: string, rule: string): Reject[] {
  return rejects
    .filter(
      (reject) => reject.kind === kind && [reject.rule, `${reject.column}.${reject.rule}`].includes(rule),
    )
    .slice(0, EXAMPLES)
}

function exampleText({ id, value, reason }: Reject): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value))
  return `row ${id}: ${text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text} ${reason}`
}
