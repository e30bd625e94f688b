import { Alert, Badge, Button, Group, Select, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ConfirmButton } from '@/components/ConfirmButton'
import { Moment } from '@/components/Moment'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { Section } from '@/components/Section'
import { destinationsQuery } from '@/lib/api/destinations'
import {
  type DatasetTable,
  type TableFormat,
  isBehind,
  namedDatasetKeys,
  removeTables,
  setTables,
  tablesQuery,
} from '@/lib/api/named-datasets'
import { useCall } from '@/lib/calls'

const FORMATS: { value: TableFormat; label: string }[] = [
  { value: 'delta', label: 'Delta Lake' },
  { value: 'iceberg', label: 'Apache Iceberg' },
]

interface DatasetTablesProps {
  name: string
  mayChange: boolean
}

/** The tables that each version is committed to, what they lack, and the form for another format. */
export function DatasetTables({ name, mayChange }: DatasetTablesProps) {
  const tables = useQuery(tablesQuery(name))
  return (
    <Section title="Tables" description="Each published version becomes one commit in these tables.">
      <QueryView
        query={tables}
        errorTitle="The tables could not be loaded"
        loading={<LoadingLines count={2} height={20} />}
      >
        {(found) => (
          <Stack gap="sm">
            {found.length === 0 && <Text size="sm">Versions are not committed to tables.</Text>}
            {found.map((table) => (
              <OneTable key={table.format} name={name} table={table} mayChange={mayChange} />
            ))}
            {mayChange && found.length < FORMATS.length && (
              <NewTables name={name} taken={found.map(({ format }) => format)} />
            )}
          </Stack>
        )}
      </QueryView>
    </Section>
  )
}

interface OneTableProps {
  name: string
  table: DatasetTable
  mayChange: boolean
}

function OneTable({ name, table, mayChange }: OneTableProps) {
  const format = table.format as TableFormat
  const label = FORMATS.find(({ value }) => value === format)?.label ?? format
  const again = useCall({
    call: () => setTables(name, format, table.to),
    refreshes: namedDatasetKeys.tables(name),
    done: 'The service tries again now.',
    failed: 'The service could not be asked to try again',
  })
  const remove = useCall({
    call: () => removeTables(name, format),
    refreshes: namedDatasetKeys.tables(name),
    done: `No further version of ${name} is committed to ${label}.`,
    failed: 'The setting was not removed',
  })
  return (
    <Stack gap="xs" role="group" aria-label={label}>
      <Group gap="sm">
        <Text fw={600} size="sm">
          {label}
        </Text>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          in {table.to}
        </Text>
        {isBehind(table) ? (
          <Badge color="orange" variant="light" tt="none">
            {table.committed === null ? 'no version yet' : `has v${table.committed}`}, v{table.latest} waits
          </Badge>
        ) : (
          table.committed !== null && (
            <Badge color="green" variant="light" tt="none">
              has v{table.committed}
            </Badge>
          )
        )}
      </Group>
      {table.error !== null && (
        <Alert color="orange" title="The last commit failed" role="region">
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {table.error}{' '}
            {table.next_at !== null && (
              <>
                It is tried again at <Moment at={table.next_at} />.
              </>
            )}
          </Text>
        </Alert>
      )}
      {mayChange && (
        <Group gap="xs">
          {table.error !== null && (
            <Button size="xs" variant="default" onClick={() => again.mutate()} loading={again.isPending}>
              Try now
            </Button>
          )}
          <ConfirmButton
            size="xs"
            question={`Stop committing ${name} to ${label}?`}
            explanation="New versions are not committed any more. The tables stay as they are."
            confirm="Stop committing"
            cancel="Keep committing"
            onConfirm={() => remove.mutate()}
            loading={remove.isPending}
          >
            Stop committing
          </ConfirmButton>
        </Group>
      )}
    </Stack>
  )
}

interface NewTablesProps {
  name: string
  taken: string[]
}

function NewTables({ name, taken }: NewTablesProps) {
  const destinations = useQuery(destinationsQuery())
  const free = FORMATS.filter(({ value }) => !taken.includes(value))
  const [chosen, setChosen] = useState<TableFormat | null>(null)
  const [to, setTo] = useState<string | null>(null)
  const format = chosen !== null && !taken.includes(chosen) ? chosen : (free[0]?.value ?? null)
  const save = useCall({
    call: (wanted: { format: TableFormat; to: string }) => setTables(name, wanted.format, wanted.to),
    refreshes: namedDatasetKeys.tables(name),
    done: `Versions of ${name} are committed to tables from now on.`,
    failed: 'The tables were not set',
  })
  const names = destinations.data?.map((each) => each.name) ?? []
  if (destinations.isSuccess && names.length === 0) {
    return <Text size="sm">To commit versions to tables, register a destination first.</Text>
  }
  return (
    <form
      aria-label="Commit to tables"
      onSubmit={(event) => {
        event.preventDefault()
        if (format !== null && to !== null) save.mutate({ format, to })
      }}
    >
      <Group align="flex-end" gap="sm" maw={620}>
        <Select
          label="Table format"
          data={free}
          value={format}
          onChange={(value) => setChosen(value as TableFormat | null)}
          allowDeselect={false}
          flex="1 1 180px"
        />
        <Select
          label="Destination"
          placeholder="Choose"
          data={names}
          value={to}
          onChange={setTo}
          flex="1 1 180px"
        />
        <Button type="submit" variant="default" loading={save.isPending} disabled={to === null}>
          Commit versions
        </Button>
      </Group>
    </form>
  )
}
