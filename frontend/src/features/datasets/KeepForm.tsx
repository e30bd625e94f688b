import { Button, Group } from '@mantine/core'
import { useState } from 'react'
import { NumberField } from '@/components/NumberField'
import { Section } from '@/components/Section'
import { type Keep, namedDatasetKeys, setKeep } from '@/lib/api/named-datasets'
import { useCall } from '@/lib/calls'

interface KeepFormProps {
  name: string
  keep: Keep
}

/** How many versions of a dataset are kept. */
export function KeepForm({ name, keep }: KeepFormProps) {
  const [last, setLast] = useState(keep.last ?? NaN)
  const [days, setDays] = useState(keep.days ?? NaN)
  const save = useCall({
    call: () => setKeep(name, { last: numberOrNull(last), days: numberOrNull(days) }),
    refreshes: namedDatasetKeys.all,
    done: 'Saved which versions are kept.',
    failed: 'The retention was not saved',
  })
  const field = { placeholder: 'All', min: 1, allowDecimal: false, allowNegative: false, flex: '1 1 180px' }
  return (
    <Section
      title="Retention"
      description="The latest version, tagged versions and files that a kept version shares always stay."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        <Group align="flex-end" gap="sm" maw={620}>
          <NumberField label="Newest versions to keep" {...field} value={last} onChange={setLast} />
          <NumberField label="Days to keep" {...field} suffix=" days" value={days} onChange={setDays} />
          <Button type="submit" variant="default" loading={save.isPending}>
            Save retention
          </Button>
        </Group>
      </form>
    </Section>
  )
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
