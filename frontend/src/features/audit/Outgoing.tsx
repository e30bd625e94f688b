import { Badge, Table, Text } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { EmptyState } from '@/components/EmptyState'
import { Moment } from '@/components/Moment'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { type OutgoingItem, outgoingQuery } from '@/lib/api/audit'
import { type OutgoingSearch, outgoingFilter } from '@/lib/audit'
import { formatBytes } from '@/lib/format'
import { Actor } from './Actor'
import { Pages } from './Pages'
import { Target } from './Target'
import { TrailFilters } from './TrailFilters'

interface OutgoingProps {
  search: OutgoingSearch
  onSearch: (changes: Partial<OutgoingSearch>) => void
}

/** Every download, and every dataset that a command wrote: who got what. */
export function Outgoing({ search, onSearch }: OutgoingProps) {
  const outgoing = useInfiniteQuery({
    ...outgoingQuery(outgoingFilter(search)),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <TrailFilters search={search} onSearch={onSearch} isOutgoing />
      <QueryView
        query={outgoing}
        errorTitle="The list could not be loaded"
        loading={<LoadingLines count={8} height={32} />}
        isEmpty={({ pages }) => pages[0]?.outgoing.length === 0}
        empty={
          <EmptyState title="Nothing left">
            {Object.values(search).some((value) => value !== undefined)
              ? 'Nothing matches the filters. Remove one to find more.'
              : 'Downloads, and datasets that commands write, are listed here.'}
          </EmptyState>
        }
      >
        {({ pages }) => {
          const items = pages.flatMap((page) => page.outgoing)
          return (
            <>
              <Table.ScrollContainer minWidth={920}>
                <Table verticalSpacing={6} fz="sm" aria-label="Outgoing data">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>When</Table.Th>
                      <Table.Th>Who got it</Table.Th>
                      <Table.Th>Dataset</Table.Th>
                      <Table.Th>Data types and columns</Table.Th>
                      <Table.Th>Private</Table.Th>
                      <Table.Th>Policy</Table.Th>
                      <Table.Th ta="right">Sent</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((item) => (
                      <OutgoingRow key={item.seq} item={item} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              <Pages query={outgoing} count={items.length} />
            </>
          )
        }}
      </QueryView>
    </>
  )
}

interface OutgoingRowProps {
  item: OutgoingItem
}

function OutgoingRow({ item }: OutgoingRowProps) {
  return (
    <Table.Tr>
      <Table.Td>
        <Moment at={item.at} />
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <Actor {...item} />
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <Target {...item} />
        <Text size="xs" title={item.sha256 ? `SHA-256 ${item.sha256}` : undefined}>
          {item.file}
        </Text>
        {item.created_by !== null && (
          <Text size="xs" c="dimmed">
            created by {item.created_by}
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        {item.kinds?.join(', ') ?? 'unknown'}
        <Text size="xs" c="dimmed">
          {item.columns === null ? 'all columns' : item.columns.join(', ')}
        </Text>
        {item.filters && item.filters.length > 0 && (
          <Text size="xs" c="dimmed">
            filtered: {item.filters.join(', ')}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Privacy item={item} />
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{item.policies?.join(', ') || '–'}</Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>
        {sentText(item)}
        {item.is_complete !== true && (
          <Text size="xs" c="dimmed">
            {item.is_complete === null ? 'not ended' : 'in part'}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  )
}

function Privacy({ item }: OutgoingRowProps) {
  if (item.is_private === null) return <>unknown</>
  return (
    <>
      <Badge color={item.is_private ? 'green' : 'orange'} variant="light" radius="sm">
        {item.is_private ? 'private' : 'not private'}
      </Badge>
      {item.is_private && item.privacy && <Text size="xs">{item.privacy.join(', ')}</Text>}
    </>
  )
}

/** What was sent; the size of the whole if the end is unknown. */
function sentText({ bytes, bytes_sent }: OutgoingItem): string {
  const sent = bytes_sent ?? bytes
  return sent === null ? 'unknown' : formatBytes(sent)
}
