import { SimpleGrid, Stack, Tabs, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { BarList } from '@/components/charts/BarList'
import { EmptyState } from '@/components/EmptyState'
import { FarOutText } from '@/components/FarOutText'
import { Moment } from '@/components/Moment'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { qualityQuery } from '@/lib/api/exports'
import type { KindQuality } from '@/lib/api/reports'
import { formatDuration, plural } from '@/lib/format'
import { FieldTable } from './FieldTable'
import { NullsOverTime } from './NullsOverTime'
import { RejectTable } from './RejectTable'
import { RowsOverTime } from './RowsOverTime'
import { SequenceLengths } from './SequenceLengths'
import { TemplateFrequency } from './TemplateFrequency'

interface QualityReportProps {
  exportId: string
}

/** What the dataset holds and how good it is, per kind. */
export function QualityReport({ exportId }: QualityReportProps) {
  const quality = useQuery(qualityQuery(exportId))
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Quality
      </Title>
      <QueryView
        query={quality}
        errorTitle="The quality report could not be loaded"
        loading={<LoadingLines count={6} height={40} />}
        isEmpty={(report) => Object.keys(report).length === 0}
        empty={<EmptyState title="No report">This dataset has no quality report.</EmptyState>}
      >
        {(report) => {
          const kinds = Object.entries(report).filter(([, kind]) => typeof kind === 'object')
          return (
            <Tabs defaultValue={kinds[0]?.[0]} keepMounted={false}>
              <Tabs.List>
                {kinds.map(([name]) => (
                  <Tabs.Tab key={name} value={name}>
                    {name}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              {kinds.map(([name, kind]) => (
                <Tabs.Panel key={name} value={name} pt="md">
                  <KindReport
                    exportId={exportId}
                    name={name}
                    kind={kind}
                    anomalies={name === 'logs' ? report['anomalies'] : undefined}
                  />
                </Tabs.Panel>
              ))}
            </Tabs>
          )
        }}
      </QueryView>
    </section>
  )
}

interface KindReportProps {
  exportId: string
  name: string
  kind: KindQuality
  /** Anomalies of the same dataset, beside log lines. */
  anomalies: KindQuality | undefined
}

function KindReport({ exportId, name, kind, anomalies }: KindReportProps) {
  const gap = kind.time.longest_gaps[0]
  const { main, far_out: farOut } = kind.time
  const { first, last } = main ?? kind.time
  return (
    <Stack gap="lg">
      <Text size="sm">
        {plural(kind.rows, 'row')}
        {first && (
          <>
            {' '}
            from <Moment at={first} /> to <Moment at={last} />
          </>
        )}
        {gap && (
          <>
            ; longest gap {formatDuration(gap.seconds)} after <Moment at={gap.after} />
          </>
        )}
        .
      </Text>
      {kind.rows > 0 && (
        <>
          <RowsOverTime kind={name} time={kind.time} anomalies={anomalies?.time} />
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
            {kind.levels && <BarList title="Log levels" counts={kind.levels} />}
            {kind.processes && <BarList title="Processes" counts={kind.processes} />}
          </SimpleGrid>
          {kind.time.nulls && <NullsOverTime nulls={kind.time.nulls} />}
          {kind.templates && kind.templates.templates > 0 && (
            <TemplateFrequency exportId={exportId} counts={kind.templates} />
          )}
          {kind.sequences && kind.sequences.sequences > 0 && <SequenceLengths counts={kind.sequences} />}
        </>
      )}
      {farOut && farOut.rows > 0 && (
        <FarOutText rows={farOut.rows} times={farOut.ranges.flatMap((range) => [range.first, range.last])} />
      )}
      <RejectTable exportId={exportId} kind={name} byRule={kind.rejects_by_rule} />
      <FieldTable fields={kind.fields} />
    </Stack>
  )
}
