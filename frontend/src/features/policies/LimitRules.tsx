import { SimpleGrid, Stack, TagsInput } from '@mantine/core'
import { NumberField } from '@/components/NumberField'
import type { RulesProps } from './PolicyEditor'

const DESTINATIONS = ['download', 'output_folder']

/** How much may be exported, and where results may go. */
export function LimitRules({ form, onChange, errors }: RulesProps) {
  const count = { placeholder: 'No limit', min: 1, allowNegative: false, thousandSeparator: ',' } as const
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <NumberField
          label="Rows in an export"
          {...count}
          allowDecimal={false}
          value={form.maxRows}
          onChange={(maxRows) => onChange({ maxRows })}
          error={errors['max_rows']}
        />
        <NumberField
          label="Rows a day"
          {...count}
          allowDecimal={false}
          value={form.rowsPerDay}
          onChange={(rowsPerDay) => onChange({ rowsPerDay })}
          error={errors['rows_per_day']}
        />
        <NumberField
          label="GiB a day"
          {...count}
          min={0}
          value={form.gibibytesPerDay}
          onChange={(gibibytesPerDay) => onChange({ gibibytesPerDay })}
          error={errors['bytes_per_day']}
        />
      </SimpleGrid>
      <TagsInput
        label="Destinations"
        description="download, output_folder, or the address of a destination, such as s3://bucket/folder or file:///mnt/lake, with what is below it."
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        placeholder={form.destinations.length === 0 ? 'All' : undefined}
        data={DESTINATIONS}
        value={form.destinations}
        onChange={(destinations) => onChange({ destinations })}
        acceptValueOnBlur
        clearable
        error={errors['destinations']}
      />
    </Stack>
  )
}
