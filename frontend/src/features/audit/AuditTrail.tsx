import { Badge, Table, Text } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { EmptyState } from '@/components/EmptyState'
import { Moment } from '@/components/Moment'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { type AuditLine, auditQuery } from '@/lib/api/audit'
import { type AuditSearch, auditFilter } from '@/lib/audit'
import { Actor } from './Actor'
import { Pages } from './Pages'
import { Target } from './Target'
import { TrailFilters, actionText } from './TrailFilters'

const RESULT_COLORS: Record<string, string> = { ok: 'green', refused: 'orange', failed: 'red' }

interface AuditTrailProps {
  search: AuditSearch
  onSearch: (changes: Partial<AuditSearch>) => void
}

/** The lines of the audit trail, newest first. */
export function AuditTrail({ search, onSearch }: AuditTrailProps) {
  const trail = useInfiniteQuery({ ...auditQuery(auditFilter(search)), placeholderData: keepPreviousData })
  return (
    <>
      <TrailFilters search={search} onSearch={onSearch} />
      <QueryView
        query={trail}
        errorTitle="The audit trail could not be loaded"
        loading={<LoadingLines count={8} height={32} />}
        isEmpty={({ pages }) => pages[0]?.lines.length === 0}
        empty={<EmptyState title="No matching lines">Remove a filter to find more.</EmptyState>}
      >
        {({ pages }) => {
          const lines = pages.flatMap((page) => page.lines)
          return (
            <>
              <Table.ScrollContainer minWidth={860}>
                <Table verticalSpacing={6} fz="sm" aria-label="Audit trail">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th ta="right">Line</Table.Th>
                      <Table.Th>When</Table.Th>
                      <Table.Th>Who</Table.Th>
                      <Table.Th>Action</Table.Th>
                      <Table.Th>What</Table.Th>
                      <Table.Th>Details</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {lines.map((line) => (
                      <TrailRow key={line.seq} line={line} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              <Pages query={trail} count={lines.length} />
            </>
          )
        }}
      </QueryView>
    </>
  )
}

interface TrailRowProps {
  line: AuditLine
}

function TrailRow({ line }: TrailRowProps) {
  return (
    <Table.Tr>
      <Table.Td ta="right">{line.seq}</Table.Td>
      <Table.Td>
        <Moment at={line.at} />
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <Actor {...line} />
      </Table.Td>
      <Table.Td>
        {actionText(line.action)}
        {line.result !== 'ok' && (
          <div>
            <Badge color={RESULT_COLORS[line.result] ?? 'gray'} variant="light" radius="sm">
              {line.result}
            </Badge>{' '}
            <Text span size="xs">
              {line.reason}
            </Text>
          </div>
        )}
      </Table.Td>
      <Table.Td>
        <Target {...line} />
      </Table.Td>
      <Table.Td maw={360} style={{ overflowWrap: 'anywhere' }}>
        <Details details={line.details} />
      </Table.Td>
    </Table.Tr>
  )
}

interface DetailsProps {
  details: Record<string, unknown>
}

function Details({ details }: DetailsProps) {
  const shown = Object.entries(details).filter(([, value]) => value !== null && value !== undefined)
  if (shown.length === 0) return <>–</>
  return (
    <Text size="xs" component="dl" m={0}>
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt style={{ display: 'inline' }}>{actionText(name)}: </dt>
          <dd style={{ display: 'inline', margin: 0 }}>{valueText(value)}</dd>
        </div>
      ))}
    </Text>
  )
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}
