import { List, Select, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Source } from '@/lib/api/sources'

/** No source has an empty name. */
const OWN = ''

interface SourceSelectProps {
  sources: Source[]
  value: string | null
  onChange: (source: Source | null) => void
  error?: ReactNode
}

/** Where the rows are read from. Nothing while there is no source to choose. */
export function SourceSelect({ sources, value, onChange, error }: SourceSelectProps) {
  const chosen = findSource(sources, value)
  if (sources.length === 0 && value === null) return null
  const isUnknown = value !== null && chosen === undefined
  return (
    <Stack gap="xs">
      <Select
        label="Rows from"
        description="This database, or a source: tables of other programs, which Lumber only reads."
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        data={[
          { value: OWN, label: 'This database' },
          ...sources.map(({ name, database }) => ({
            value: name,
            label: `${name} (${DATABASES[database] ?? database})`,
          })),
          ...(isUnknown ? [{ value, label: `${value} (not registered)` }] : []),
        ]}
        value={chosen?.name ?? value ?? OWN}
        onChange={(name) => onChange(findSource(sources, name) ?? null)}
        allowDeselect={false}
        error={error ?? (isUnknown && sources.length > 0 ? 'There is no such source any more.' : undefined)}
      />
      {chosen !== undefined && Object.keys(chosen.mappings).length > 0 && (
        <List size="sm" aria-label={`What ${chosen.name} promises`}>
          {Object.entries(chosen.mappings).map(([kind, { table, guarantee, guarantee_means }]) => (
            <List.Item key={kind} style={{ overflowWrap: 'anywhere' }}>
              {kind} from {table}: {guarantee.replace('_', ' ')}, {guarantee_means}.
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  )
}

/** Names are the same in any case. */
export function findSource(sources: Source[], name: string | null): Source | undefined {
  return name === null || name === OWN
    ? undefined
    : sources.find((each) => each.name.toLowerCase() === name.toLowerCase())
}

const DATABASES: Record<string, string> = {
  postgresql: 'PostgreSQL',
  sqlite: 'SQLite',
  collected: 'PostgreSQL, collected',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
  folder: 'folder',
  s3: 'bucket',
  elasticsearch: 'Elasticsearch',
  opensearch: 'OpenSearch',
}
