import { Select, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { EmptyState } from '@/components/EmptyState'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { datasetsQuery } from '@/lib/api/datasets'
import { sourcesQuery } from '@/lib/api/sources'
import { plural } from '@/lib/format'
import type { TableSearch } from '@/lib/table-search'
import { TableViewer } from './TableViewer'

interface TableChoiceProps {
  search: TableSearch
  onSearch: (changes: Partial<TableSearch>) => void
}

const START: Partial<TableSearch> = {
  after: undefined,
  search: undefined,
  filters: undefined,
  order: undefined,
  row: undefined,
}

/** Which table is shown: a data type of this database, or of a source. */
export function TableChoice({ search, onSearch }: TableChoiceProps) {
  const datasets = useQuery(datasetsQuery())
  const sources = useQuery(sourcesQuery())
  return (
    <QueryView
      query={datasets}
      errorTitle="The data types could not be loaded"
      loading={<LoadingLines count={16} height={28} />}
      isEmpty={(found) => found.length === 0 && search.kind === undefined}
      empty={<EmptyState title="No data types found" />}
    >
      {(found) => {
        const kind = search.kind ?? found.find(({ rows }) => rows > 0)?.kind ?? found[0]?.kind ?? ''
        const own = found.map((each) => ({
          value: valueOf(each.kind, undefined),
          label: `${each.title} (${each.is_estimate ? 'about ' : ''}${plural(each.rows, 'row')})`,
        }))
        const mapped = (sources.data ?? []).map(({ name, mappings }) => ({
          group: `Source ${name}`,
          items: Object.keys(mappings).map((each) => ({ value: valueOf(each, name), label: each })),
        }))
        return (
          <Stack gap="sm">
            <Select
              aria-label="Table"
              data={mapped.length === 0 ? own : [{ group: 'This database', items: own }, ...mapped]}
              value={valueOf(kind, search.source)}
              onChange={(value) => {
                if (value !== null) onSearch({ ...START, ...tableOf(value) })
              }}
              allowDeselect={false}
              size="xs"
              maw={320}
            />
            <TableViewer key={valueOf(kind, search.source)} kind={kind} search={search} onSearch={onSearch} />
          </Stack>
        )
      }}
    </QueryView>
  )
}

// No name of a data type has a slash.
function valueOf(kind: string, source: string | undefined): string {
  return `${kind}/${source ?? ''}`
}

function tableOf(value: string): Pick<TableSearch, 'kind' | 'source'> {
  const at = value.indexOf('/')
  return { kind: value.slice(0, at), source: value.slice(at + 1) || undefined }
}
