import { Checkbox, SimpleGrid, Switch, TagsInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { DurationField } from '@/components/DurationField'
import type { FieldErrors } from '@/features/new-export/field-errors'
import { datasetQuery } from '@/lib/api/datasets'
import type { LabelForm } from './labels'
import { Part } from './Part'

interface LabelPartProps {
  value: LabelForm
  onChange: (value: LabelForm) => void
  errors: FieldErrors
}

/** Options for labelling log lines by anomalies. */
export function LabelPart({ value, onChange, errors }: LabelPartProps) {
  const set = (changes: Partial<LabelForm>) => onChange({ ...value, ...changes })
  const anomalies = useQuery({ ...datasetQuery('anomalies'), enabled: value.isOn })
  const known = anomalies.data?.filters.find(({ name }) => name === 'detector')?.known?.values ?? []
  return (
    <Part title="Labels" error={errors['labels']}>
      <Switch
        label="Label log lines by anomalies"
        description="1: anomaly. 0: false positive. Empty: unknown."
        checked={value.isOn}
        onChange={(event) => set({ isOn: event.currentTarget.checked })}
      />
      {value.isOn && (
        <>
          <Checkbox
            label="Label nearby lines"
            description="If an anomaly names a device but no line, label the device's lines in this window."
            checked={value.hasWindow}
            onChange={(event) => set({ hasWindow: event.currentTarget.checked })}
          />
          {value.hasWindow && (
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <DurationField
                label="Before the anomaly"
                value={value.beforeSeconds}
                onChange={(beforeSeconds) => set({ beforeSeconds })}
                error={errors['labels.window_seconds.before']}
              />
              <DurationField
                label="After the anomaly"
                value={value.afterSeconds}
                onChange={(afterSeconds) => set({ afterSeconds })}
                error={errors['labels.window_seconds.after']}
              />
            </SimpleGrid>
          )}
          <Checkbox
            label="Label other lines as normal"
            description="Lines without an anomaly get label 0. The absence of an anomaly isn't evidence that a line is normal."
            checked={value.assumeNormal}
            onChange={(event) => set({ assumeNormal: event.currentTarget.checked })}
          />
          <Checkbox
            label="Confirmed anomalies only"
            description="Only anomalies judged true positives set label 1."
            checked={value.confirmedOnly}
            onChange={(event) => set({ confirmedOnly: event.currentTarget.checked })}
          />
          <Checkbox
            label="Labelled lines only"
            description="Leaves out log lines without a label."
            checked={value.labelledOnly}
            onChange={(event) => set({ labelledOnly: event.currentTarget.checked })}
          />
          <TagsInput
            label="Detectors"
            description="Use only anomalies of these detectors. Leave empty for all."
            placeholder={value.detectors.length === 0 ? 'All detectors' : undefined}
            // A name can contain a comma.
            splitChars={[]}
            data={known.flatMap((item) => item.value ?? [])}
            value={value.detectors}
            onChange={(detectors) => set({ detectors })}
            acceptValueOnBlur
            error={errors['labels.detectors']}
          />
        </>
      )}
    </Part>
  )
}
