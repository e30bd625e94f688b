import { MultiSelect, SimpleGrid, Stack, TagsInput } from '@mantine/core'
import { useQueries, useQuery } from '@tanstack/react-query'
import { MomentInput } from '@/components/MomentInput'
import { NumberField } from '@/components/NumberField'
import { datasetQuery, datasetsQuery } from '@/lib/api/datasets'
import type { RulesProps } from './PolicyEditor'

/** Which data types, columns, processes and dates may be exported. */
export function DataRules({ form, onChange, errors }: RulesProps) {
  const datasets = useQuery(datasetsQuery())
  const named = (datasets.data ?? []).map(({ kind }) => kind)
  const all = [...new Set([...named, ...form.kinds])]
  const limited = form.kinds.length > 0 ? form.kinds : all
  const details = useQueries({
    queries: limited.map((kind) => datasetQuery(kind)),
    combine: (results) => results.flatMap((result) => result.data ?? []),
  })
  return (
    <Stack gap="sm">
      <MultiSelect
        label="Data types"
        placeholder={form.kinds.length === 0 ? 'All' : undefined}
        data={all}
        value={form.kinds}
        onChange={(kinds) => onChange({ kinds })}
        clearable
        error={errors['kinds']}
      />
      {limited.map((kind) => {
        const columns = details.find((found) => found.kind === kind)?.columns.map(({ name }) => name) ?? []
        const chosen = form.columns[kind] ?? []
        return (
          <MultiSelect
            key={kind}
            label={`Columns of ${kind}`}
            placeholder={chosen.length === 0 ? 'All' : undefined}
            data={[...new Set([...columns, ...chosen])]}
            value={chosen}
            onChange={(names) => onChange({ columns: { ...form.columns, [kind]: names } })}
            searchable
            clearable
            hidePickedOptions
            error={errors[`columns.${kind}`]}
          />
        )
      })}
      <TagsInput
        label="Processes"
        description="Only log lines of these programs."
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        placeholder={form.processes.length === 0 ? 'All' : undefined}
        value={form.processes}
        onChange={(processes) => onChange({ processes })}
        acceptValueOnBlur
        clearable
        error={errors['processes']}
      />
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <MomentInput
          label="Earliest"
          zone="UTC"
          value={form.earliest}
          onChange={(earliest) => onChange({ earliest })}
          error={errors['earliest']}
        />
        <MomentInput
          label="Latest"
          zone="UTC"
          value={form.latest}
          onChange={(latest) => onChange({ latest })}
          isEnd
          error={errors['latest']}
        />
        <NumberField
          label="Longest range"
          placeholder="No limit"
          suffix=" days"
          min={1}
          allowDecimal={false}
          allowNegative={false}
          value={form.maxDays}
          onChange={(maxDays) => onChange({ maxDays })}
          error={errors['max_days']}
        />
      </SimpleGrid>
    </Stack>
  )
}
