import { Checkbox, Stack, Text } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { EmptyState } from '@/components/EmptyState'
import { Moment } from '@/components/Moment'
import { LoadingLines, QueryView } from '@/components/QueryView'
import type { Dataset } from '@/lib/api/datasets'
import type { Source, SourceDataset } from '@/lib/api/sources'
import { plural } from '@/lib/format'
import { namesOf, refusalOf, ruleOf, useRules } from './rules'

interface KindPickerProps {
  datasets: UseQueryResult<Dataset[]>
  value: string[]
  onChange: (kinds: string[]) => void
  /** The source that rows are read from, if it isn't this database. */
  source?: Source | undefined
  /** Its data types, once they are known. */
  mapped?: SourceDataset[] | undefined
  error?: ReactNode
}

/** The data types with their rows and time ranges. */
export function KindPicker({ datasets, value, onChange, source, mapped, error }: KindPickerProps) {
  const rule = ruleOf(useRules(), 'kinds')
  return (
    <QueryView
      query={datasets}
      loading={<LoadingLines count={3} height={56} />}
      errorTitle="The data types could not be loaded"
      isEmpty={(found) => found.length === 0}
      empty={<EmptyState title="Nothing to export">No data types found.</EmptyState>}
    >
      {(found) => (
        <Checkbox.Group
          label="Data types"
          description="Each data type gets its own folder in the dataset."
          value={value}
          onChange={onChange}
          error={error}
        >
          <Stack gap="sm" mt="xs">
            {found.map((dataset) => {
              const refusal =
                refusalOf(rule, namesOf(rule).includes(dataset.kind)) ?? unmapped(dataset.kind, source)
              return (
                <Checkbox
                  key={dataset.kind}
                  value={dataset.kind}
                  label={dataset.title}
                  description={refusal ?? (source ? `From ${source.name}` : <Extent dataset={dataset} />)}
                  // What is chosen can be taken back.
                  disabled={refusal !== null && !value.includes(dataset.kind)}
                />
              )
            })}
            {ownOf(found, source, mapped).map(({ kind, title, description }) => {
              const refusal = refusalOf(rule, namesOf(rule).includes(kind))
              return (
                <Checkbox
                  key={kind}
                  value={kind}
                  label={title}
                  description={refusal ?? (description || `From ${source?.name}`)}
                  disabled={refusal !== null && !value.includes(kind)}
                  style={{ overflowWrap: 'anywhere' }}
                />
              )
            })}
          </Stack>
          {source === undefined && found.every((dataset) => dataset.rows === 0) && (
            <Text size="sm" c="dimmed" mt="sm">
              The database is empty.{' '}
              <Anchor component={Link} to="/data" underline="always">
                Load data.
              </Anchor>
            </Text>
          )}
        </Checkbox.Group>
      )}
    </QueryView>
  )
}

/** The data types that only the source has. Until their titles are known, they have their names. */
function ownOf(found: Dataset[], source: Source | undefined, mapped: SourceDataset[] | undefined) {
  return Object.keys(source?.mappings ?? {})
    .filter((kind) => found.every((dataset) => dataset.kind !== kind))
    .map((kind) => mapped?.find((each) => each.kind === kind) ?? { kind, title: kind, description: '' })
}

function unmapped(kind: string, source: Source | undefined): string | null {
  return source === undefined || kind in source.mappings ? null : `${source.name} has no mapping for it`
}

interface ExtentProps {
  dataset: Dataset
}

function Extent({ dataset }: ExtentProps) {
  if (dataset.rows === 0) return <>No rows</>
  return (
    <>
      {dataset.is_estimate && 'About '}
      {plural(dataset.rows, 'row')}, <Moment at={dataset.first} /> to <Moment at={dataset.last} />
    </>
  )
}
