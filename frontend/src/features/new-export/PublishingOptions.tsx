import { Anchor, Autocomplete, Checkbox, Select, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { destinationsQuery } from '@/lib/api/destinations'
import { namedDatasetsQuery } from '@/lib/api/named-datasets'
import { useMay } from '@/lib/session'
import type { FieldErrors } from './field-errors'
import type { PublishingForm } from './publishing'
import { namesOf, refusalOf, ruleOf, useRules } from './rules'

interface PublishingOptionsProps {
  value: PublishingForm
  onChange: (value: PublishingForm) => void
  errors: FieldErrors
}

/** The dataset that the export is a version of, and where it is published. */
export function PublishingOptions({ value, onChange, errors }: PublishingOptionsProps) {
  const mayList = useMay('exports:read')
  const datasets = useQuery({ ...namedDatasetsQuery(), enabled: mayList })
  const destinations = useQuery({ ...destinationsQuery(), enabled: mayList })
  const rule = ruleOf(useRules(), 'destinations')
  const set = (changes: Partial<PublishingForm>) => onChange({ ...value, ...changes })
  const names = (destinations.data ?? []).map(({ name, url }) => ({
    name,
    refusal: refusalOf(
      rule,
      namesOf(rule).some((allowed) => isUnder(url, allowed)),
    ),
  }))
  const unknown = value.destination !== null && !names.some(({ name }) => name === value.destination)
  const refused = names.find(({ refusal }) => refusal !== null)?.refusal
  const hasDataset = value.dataset !== ''
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Autocomplete
          label="Dataset"
          description="Exports of one name are versions of one dataset. Leave it empty for a single export."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder="None"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={100}
          data={(datasets.data ?? []).map(({ name }) => name)}
          value={value.dataset}
          onChange={(typed) => {
            const dataset = typed.trim()
            const hasName = dataset !== ''
            set({
              dataset,
              isIncremental: hasName && value.isIncremental,
              isNewMajor: hasName && value.isNewMajor,
            })
          }}
          error={errors['publishing.dataset']}
        />
        <Select
          label="Destination"
          description="A folder or object store that also gets the result."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder="None"
          data={[
            ...names.map(({ name, refusal }) => ({
              value: name,
              label: refusal === null ? name : `${name} (not allowed)`,
              disabled: refusal !== null,
            })),
            ...(unknown ? [{ value: value.destination ?? '', label: value.destination ?? '' }] : []),
          ]}
          value={value.destination}
          onChange={(destination) => set({ destination })}
          clearable
          nothingFoundMessage="No destinations yet"
          error={errors['publishing.destination']}
        />
      </SimpleGrid>
      {refused && <Text size="sm">Some destinations: {refused}</Text>}
      {destinations.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          There are no destinations yet.{' '}
          <Anchor component={Link} to="/destinations" size="sm" underline="always">
            What they are for
          </Anchor>
        </Text>
      )}
      <Checkbox
        label="Incremental"
        description={
          hasDataset
            ? 'Reads only rows that the latest version hasn’t seen. The new version still is the whole dataset.'
            : 'Needs a dataset: its next version then reads only new rows.'
        }
        disabled={!hasDataset}
        checked={value.isIncremental}
        onChange={(event) => set({ isIncremental: event.currentTarget.checked })}
        error={errors['publishing.isIncremental']}
      />
      <Checkbox
        label="New major version"
        description={
          hasDataset
            ? 'Reads everything again, and finds the splits and log templates anew. Rows may move between splits.'
            : 'Needs a dataset: its next version then finds splits and log templates anew.'
        }
        disabled={!hasDataset}
        checked={value.isNewMajor}
        onChange={(event) => set({ isNewMajor: event.currentTarget.checked })}
        error={errors['publishing.isNewMajor']}
      />
    </Stack>
  )
}

/** Whether an address is a folder that a policy allows, or in it. */
function isUnder(url: string, folder: string): boolean {
  return url === folder || url.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
