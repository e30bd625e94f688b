import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { EmptyState } from '@/components/EmptyState'
import { LinkButton } from '@/components/LinkButton'
import { More } from '@/components/More'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { Backfills } from '@/features/datasets/Backfills'
import { DatasetGate } from '@/features/datasets/DatasetGate'
import { DatasetTables } from '@/features/datasets/DatasetTables'
import { HeldVersions } from '@/features/datasets/HeldVersions'
import { KeepForm } from '@/features/datasets/KeepForm'
import { OpenDataset } from '@/features/datasets/OpenDataset'
import { VersionTable } from '@/features/datasets/VersionTable'
import { namedDatasetQuery } from '@/lib/api/named-datasets'
import { isMissing } from '@/lib/api/problem'
import { useMay } from '@/lib/session'

/** One named dataset: what is held, and the log of its versions. */
export function DatasetPage() {
  const { name } = useParams({ from: '/datasets/$name' })
  return (
    <Allowed scope="exports:read" title="Dataset">
      <OneDataset key={name} name={name} />
    </Allowed>
  )
}

interface OneDatasetProps {
  name: string
}

function OneDataset({ name }: OneDatasetProps) {
  const dataset = useQuery(namedDatasetQuery(name))
  const mayChange = useMay('exports:write')
  const isAdmin = useMay('admin')
  return (
    <>
      <PageHeader title={`Dataset ${name}`} />
      {isMissing(dataset.error) ? (
        <EmptyState title="Dataset not found" action={<LinkButton to="/datasets">All datasets</LinkButton>}>
          No export has this dataset name.
        </EmptyState>
      ) : (
        <QueryView
          query={dataset}
          errorTitle="The dataset could not be loaded"
          loading={<LoadingLines count={6} height={32} />}
        >
          {({ versions, keep_last: last, keep_days: days }) => (
            <Stack gap="xl">
              <HeldVersions name={name} versions={versions} mayDecide={mayChange} />
              <div>
                <More items={versions} step={20} noun="versions">
                  {(shown) => <VersionTable name={name} versions={shown} mayTag={mayChange} />}
                </More>
              </div>
              <DatasetGate name={name} mayChange={mayChange} />
              <Backfills name={name} mayChange={mayChange} />
              <OpenDataset name={name} versions={versions} />
              <DatasetTables name={name} mayChange={isAdmin} />
              {mayChange && <KeepForm name={name} keep={{ last, days }} />}
            </Stack>
          )}
        </QueryView>
      )}
    </>
  )
}
