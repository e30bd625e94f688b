import { Skeleton, SimpleGrid, Stack, Tabs, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Suspense, lazy } from 'react'
import { EmptyState } from '@/components/EmptyState'
import { Moment } from '@/components/Moment'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { qualityQuery } from '@/lib/api/exports'
import type { KindQuality } from '@/lib/api/reports'
import { formatDuration, plural } from '@/lib/format'
import { FieldTable } from './FieldTable'
import { RejectTable } from './RejectTable'

const CountChart = lazy(async () => ({ default: (await import('./CountChart')).CountChart }))

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
                  <KindReport exportId={exportId} name={name} kind={kind} />
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
}

function KindReport({ exportId, name, kind }: KindReportProps) {
  const gap = kind.time.longest_gaps[0]
  return (
    <Stack gap="lg">
      <Text size="sm">
        {plural(kind.rows, 'row')}
        {kind.time.first && (
          <>
            {' '}
            from <Moment at={kind.time.first} /> to <Moment at={kind.time.last} />
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
        <Suspense fallback={<Skeleton height={200} />}>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
            {kind.levels && <CountChart title="Log levels" counts={kind.levels} />}
            {kind.processes && <CountChart title="Processes" counts={kind.processes} isHorizontal />}
          </SimpleGrid>
          <CountChart title="Rows per day (UTC)" counts={kind.time.rows_per_day} />
        </Suspense>
      )}
      <RejectTable exportId={exportId} kind={name} byRule={kind.rejects_by_rule} />
      <FieldTable fields={kind.fields} />
    </Stack>
  )
}
