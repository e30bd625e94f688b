import { Grid, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { PageHeader } from '@/components/PageHeader'
import { type DataType, datasetQuery, datasetsQuery } from '@/lib/api/datasets'
import type { ConfigInput } from '@/lib/api/exports'
import { ProblemError } from '@/lib/api/problem'
import { type Source, sourceDatasetsQuery, sourcesQuery } from '@/lib/api/sources'
import { useMay } from '@/lib/session'
import { CopyAs } from './CopyAs'
import { type FieldErrors, placeErrors } from './field-errors'
import { focusError } from './focus-error'
import { type FormSection, FormSections } from './FormSections'
import { FilterBuilder } from './FilterBuilder'
import { type ExportForm, configToForm, formToConfig, optionProblems, stillTrue, validateForm } from './form'
import { KindPicker } from './KindPicker'
import { OutputOptions } from './OutputOptions'
import { PolicyNotice } from './PolicyNotice'
import { PresetMenu } from './PresetMenu'
import { Preview } from './Preview'
import { ProcessSelect } from './ProcessSelect'
import { RecipeButtons } from './RecipeButtons'
import { PublishingOptions } from './PublishingOptions'
import { RulesContext, useMyRules } from './rules'
import {
  OPEN_AT_FIRST,
  SECTION_NAMES,
  SECTION_TITLES,
  type SectionName,
  firstError,
  sectionWords,
} from './sections'
import { SourceSelect, findSource } from './SourceSelect'
import { StartBar } from './StartBar'
import { timelineOf } from './timeline'
import { TimeRange } from './TimeRange'
import { PrivacyOptions } from './training/PrivacyOptions'
import { privacySummary, trainingSummary } from './training/summary'
import { TrainingOptions } from './training/TrainingOptions'
import { useCreateExport } from './useCreateExport'
import { usePreview } from './usePreview'

interface ExportControlProps {
  initial: ExportForm
  onCreated: (exportId: string) => void
  /** Called with the config to run by a schedule, and the name in the form. */
  onSchedule: (config: ConfigInput, name: string) => void
}

const MOST_NAME = 120
const NONE = { fields: {}, others: [] as string[] }

/** The form of a new export, with the live preview beside it. */
export function ExportControl({ initial, onCreated, onSchedule }: ExportControlProps) {
  const form = useForm<ExportForm>({
    initialValues: initial,
    validate: validateForm,
    validateInputOnBlur: true,
  })
  const { kinds, processes, filters, source: sourceName } = form.values
  const datasets = useQuery(datasetsQuery())
  const mayList = useMay('exports:read')
  const sources = useQuery({ ...sourcesQuery(), enabled: mayList }).data ?? []
  const source = findSource(sources, sourceName)
  const mapped = useQuery({
    ...sourceDatasetsQuery(source?.name ?? ''),
    enabled: source !== undefined,
  }).data
  const own = useQueries({
    // A source has columns and data types of its own.
    queries: source === undefined ? kinds.map((kind) => datasetQuery(kind)) : [],
    combine: (results) => results.flatMap((result) => result.data ?? []),
  })
  const details: DataType[] =
    source === undefined ? own : (mapped ?? []).filter(({ kind }) => kinds.includes(kind))
  const processKind = details.find((kind) => kind.process_column !== null)?.kind
  const isEmpty = sourceName === null && (datasets.data?.every(({ rows }) => rows === 0) ?? false)
  const { rules, use } = useMyRules()
  const preview = usePreview(form.values)
  const creation = useCreateExport()
  const config = formToConfig(form.values)
  const missingKey =
    Object.values(preview.query.data?.kinds ?? {}).find((kind) => kind.missing_key)?.missing_key ?? null
  // Counts replaced forms, so that the sections of a new form open where it has values.
  const [rounds, setRounds] = useState(0)
  const [name, setName] = useState('')
  const whole = useRef<HTMLFormElement>(null)
  const previewPart = useRef<HTMLDivElement>(null)
  // Counts failed starts: after each, the focus goes to the first error.
  const [tries, setTries] = useState(0)

  // The preview validates like the export, so its errors are shown in the form. Errors of a failed creation
  // apply while the form is unchanged.
  const sent = { config, name: name.trim() }
  const isAsSent = JSON.stringify(creation.variables) === JSON.stringify(sent)
  const refusal = isAsSent ? creation.error : preview.isValid ? preview.query.error : null
  const placed = refusal instanceof ProblemError ? placeErrors(refusal.problem, form.values) : NONE
  const errors: FieldErrors = {
    ...placed.fields,
    ...stillTrue(form.errors, form.values),
    ...optionProblems(form.values),
  }
  const isPlaced = placed.others.length > 0 || Object.keys(placed.fields).length > 0

  const first = firstError(errors)
  const latest = useRef(first)
  useEffect(() => {
    latest.current = first
  })
  useEffect(() => {
    if (tries > 0 && whole.current && latest.current !== null) focusError(whole.current, latest.current)
  }, [tries])

  function submit(values: ExportForm) {
    creation.mutate(
      { config: formToConfig(values), name: name.trim() },
      { onSuccess: (created) => onCreated(created.export_id), onError: () => setTries(tries + 1) },
    )
  }

  function schedule() {
    if (form.validate().hasErrors) setTries(tries + 1)
    else onSchedule(config, name.trim())
  }

  function readFrom(chosen: Source | null) {
    const there = chosen === null ? datasets.data?.map(({ kind }) => kind) : Object.keys(chosen.mappings)
    const kept = kinds.filter((kind) => there?.includes(kind) ?? true)
    // A source with one data type offers no choice.
    form.setValues({
      source: chosen?.name ?? null,
      kinds: kept.length === 0 && there?.length === 1 ? there : kept,
    })
  }

  function fill(chosen: ConfigInput) {
    form.setValues(configToForm({ ...chosen }))
    setRounds(rounds + 1)
  }

  function startOver() {
    form.reset()
    setName('')
    setRounds(rounds + 1)
  }

  const words = sectionWords(
    form.values,
    config,
    (kind) => datasets.data?.find((found) => found.kind === kind)?.title ?? kind,
  )
  const contents: Record<SectionName, Omit<FormSection, 'name' | 'title'>> = {
    data: {
      words: words.data,
      usual: 'nothing',
      children: (
        <Stack gap="md">
          <SourceSelect sources={sources} value={sourceName} onChange={readFrom} error={errors['source']} />
          <KindPicker
            datasets={datasets}
            value={kinds}
            onChange={(chosen) => form.setFieldValue('kinds', chosen)}
            source={source}
            mapped={mapped}
            error={errors['kinds']}
          />
        </Stack>
      ),
    },
    time: { words: words.time, usual: '', children: <TimeRange form={form} errors={errors} /> },
    filters: {
      words: words.filters,
      usual: 'all rows',
      children: (
        <Stack gap="md">
          {((processKind !== undefined && sourceName === null) || processes.length > 0) && (
            <ProcessSelect
              kind={processKind ?? 'logs'}
              value={processes}
              onChange={(names) => form.setFieldValue('processes', names)}
              error={errors['processes']}
            />
          )}
          <FilterBuilder
            kinds={details}
            rows={filters}
            onChange={(rows) => form.setFieldValue('filters', rows)}
            errors={errors}
          />
        </Stack>
      ),
    },
    output: { words: words.output, usual: '', children: <OutputOptions form={form} errors={errors} /> },
    publishing: {
      words: words.publishing,
      usual: 'a single export, kept here',
      children: (
        <PublishingOptions
          value={form.values.publishing}
          onChange={(publishing) => form.setFieldValue('publishing', publishing)}
          errors={errors}
        />
      ),
    },
    training: {
      words: trainingSummary(config),
      usual: 'splits, labels, sample, templates, columns',
      children: (
        <TrainingOptions
          value={form.values.training}
          onChange={(training) => form.setFieldValue('training', training)}
          kinds={details}
          errors={errors}
        />
      ),
    },
    privacy: {
      words: privacySummary(config),
      usual: 'addresses, names, secrets',
      children: (
        <PrivacyOptions
          value={form.values.privacy}
          onChange={(privacy) => form.setFieldValue('privacy', privacy)}
          missingKey={missingKey}
          errors={errors}
        />
      ),
    },
  }
  const sections = SECTION_NAMES.map((each) => ({
    name: each,
    title: SECTION_TITLES[each],
    ...contents[each],
  }))
  const summary = sections.flatMap((section) => section.words).join(', ')

  return (
    <RulesContext value={rules}>
      <PageHeader
        title="New export"
        description="Choose what to export. The preview follows your choices."
        actions={<PresetMenu config={config} onChoose={fill} />}
      />
      <RecipeButtons onChoose={fill} />
      <PolicyNotice rules={rules} use={use} />
      <form ref={whole} onSubmit={form.onSubmit(submit, () => setTries(tries + 1))} noValidate>
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <Stack gap="md">
              <TextInput
                data-section="name"
                label="Name"
                placeholder="Optional, such as nightly plant logs"
                maxLength={MOST_NAME}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                error={errors['name']}
              />
              <FormSections key={rounds} sections={sections} open={OPEN_AT_FIRST} errors={errors} />
              <CopyAs config={config} />
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5 }} ref={previewPart}>
            <div style={{ position: 'sticky', top: 72, maxHeight: 'calc(100vh - 88px)', overflow: 'auto' }}>
              <Preview
                query={preview.query}
                config={preview.config}
                timeline={timelineOf(form)}
                isEmpty={isEmpty}
                pausedBy={
                  !preview.isValid
                    ? 'The preview resumes when the form is complete.'
                    : Object.keys(placed.fields).length > 0
                      ? 'The preview resumes when the marked fields are corrected.'
                      : null
                }
              />
            </div>
          </Grid.Col>
        </Grid>
        <StartBar
          summary={summary}
          errors={errors}
          others={placed.others}
          isStarting={creation.isPending}
          onError={(place) => whole.current && focusError(whole.current, place)}
          onSchedule={schedule}
          onReset={startOver}
          onPreview={() => previewPart.current?.scrollIntoView()}
        >
          {creation.error && isAsSent && !isPlaced && (
            <ErrorNotice error={creation.error} title="The export was not created" />
          )}
        </StartBar>
      </form>
    </RulesContext>
  )
}
