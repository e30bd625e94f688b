import { Badge, Box, Group, Paper, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { EmptyState } from '@/components/EmptyState'
import { FirstData } from '@/components/FirstData'
import { Moment } from '@/components/Moment'
import { QueryView } from '@/components/QueryView'
import { type Dataset, datasetsQuery } from '@/lib/api/datasets'
import { plural } from '@/lib/format'
import { useMay } from '@/lib/session'
import { BrowseRows } from './BrowseRows'
import { KindDetails } from './KindDetails'
import { LoadedSources } from './LoadedSources'
import { LoadFiles } from './LoadFiles'

interface DataOverviewProps {
  /** The kind to show in detail; by default, the first one. */
  kind: string | undefined
  onKind: (kind: string) => void
}

/** The data in the database: kinds with their rows, time ranges and columns. */
export function DataOverview({ kind, onKind }: DataOverviewProps) {
  const datasets = useQuery(datasetsQuery())
  const mayLoad = useMay('ingest:write')
  const mayExport = useMay('exports:write')
  const shown = datasets.data?.find((dataset) => dataset.kind === kind) ?? datasets.data?.[0]
  return (
    <Stack gap="xl">
      <QueryView
        query={datasets}
        errorTitle="The data types could not be loaded"
        loading={<LoadingCards />}
        isEmpty={(found) => found.length === 0}
        empty={<EmptyState title="No data types found" />}
      >
        {(found) => (
          <Stack gap="xl">
            {found.every((dataset) => dataset.rows === 0) && (
              <EmptyState title="The database is empty" action={<FirstData hasUpload={false} />}>
                {mayLoad && 'Load your first file below: logs, anomalies or IP records.'}
              </EmptyState>
            )}
            <SimpleGrid cols={{ base: 1, sm: 3 }} role="group" aria-label="Data types">
              {found.map((dataset) => (
                <KindCard
                  key={dataset.kind}
                  dataset={dataset}
                  isShown={dataset.kind === shown?.kind}
                  onShow={() => onKind(dataset.kind)}
                />
              ))}
            </SimpleGrid>
          </Stack>
        )}
      </QueryView>
      {/* Below what says whether there is anything yet: they would jump. */}
      {mayLoad && !datasets.isPending && <LoadFiles />}
      {!datasets.isPending && <LoadedSources />}
      {mayExport && shown && shown.rows > 0 && <BrowseRows kind={shown.kind} />}
      {mayExport && shown && <KindDetails key={shown.kind} kind={shown.kind} />}
    </Stack>
  )
}

function LoadingCards() {
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      {[1, 2, 3].map((number) => (
        <Box key={number} component={Skeleton} h={{ base: 146, sm: 160 }} />
      ))}
    </SimpleGrid>
  )
}

interface KindCardProps {
  dataset: Dataset
  isShown: boolean
  onShow: () => void
}

function KindCard({ dataset, isShown, onShow }: KindCardProps) {
  return (
    <Paper
      component="button"
      type="button"
      withBorder
      p="md"
      ta="left"
      bg={isShown ? 'var(--mantine-primary-color-light)' : undefined}
      c="inherit"
      style={{ cursor: 'pointer' }}
      aria-pressed={isShown}
      onClick={onShow}
    >
      <Group justify="space-between">
        <Text fw={600}>{dataset.title}</Text>
        {dataset.is_estimate && (
          <Badge variant="outline" color="gray" radius="sm">
            estimated
          </Badge>
        )}
      </Group>
      <Text size="xl" fw={700}>
        {plural(dataset.rows, 'row')}
      </Text>
      <Text size="sm">{dataset.description}</Text>
      <Text size="xs" mt="xs">
        {dataset.rows > 0 ? (
          <>
            <Moment at={dataset.first} /> to <Moment at={dataset.last} />
          </>
        ) : (
          'No rows'
        )}
      </Text>
    </Paper>
  )
}
