import { Checkbox, Stack, Text } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { EmptyState } from '@/components/EmptyState'
import { Moment } from '@/components/Moment'
import { LoadingLines, QueryView } from '@/components/QueryView'
import type { Dataset } from '@/lib/api/datasets'
import { plural } from '@/lib/format'

interface KindPickerProps {
  datasets: UseQueryResult<Dataset[]>
  value: string[]
  onChange: (kinds: string[]) => void
  error?: ReactNode
}

/** What can be exported, how much of it there is, and of what time. */
export function KindPicker({ datasets, value, onChange, error }: KindPickerProps) {
  return (
    <QueryView
      query={datasets}
      loading={<LoadingLines count={3} height={44} />}
      errorTitle="What there is to export could not be loaded"
      isEmpty={(found) => found.length === 0}
      empty={<EmptyState title="There is nothing to export">No kind of record is known.</EmptyState>}
    >
      {(found) => (
        <Checkbox.Group
          label="Kinds of data"
          description="Each kind becomes a folder of its own in the dataset."
          value={value}
          onChange={onChange}
          error={error}
        >
          <Stack gap="sm" mt="xs">
            {found.map((dataset) => (
              <Checkbox
                key={dataset.kind}
                value={dataset.kind}
                label={dataset.title}
                description={<Extent dataset={dataset} />}
              />
            ))}
          </Stack>
          {found.every((dataset) => dataset.rows === 0) && (
            <Text size="sm" c="dimmed" mt="sm">
              The database is empty.{' '}
              <Anchor component={Link} to="/data">
                See how to get data in.
              </Anchor>
            </Text>
          )}
        </Checkbox.Group>
      )}
    </QueryView>
  )
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
