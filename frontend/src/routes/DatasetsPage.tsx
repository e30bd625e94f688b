import { useQuery } from '@tanstack/react-query'
import { Allowed } from '@/components/Allowed'
import { CodeBlock } from '@/components/CodeBlock'
import { EmptyState } from '@/components/EmptyState'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { DatasetTable } from '@/features/datasets/DatasetTable'
import { namedDatasetsQuery } from '@/lib/api/named-datasets'
import { useMay } from '@/lib/session'

/** All named datasets. */
export function DatasetsPage() {
  return (
    <Allowed scope="exports:read" title="Datasets">
      <Datasets />
    </Allowed>
  )
}

function Datasets() {
  const datasets = useQuery(namedDatasetsQuery())
  const mayExport = useMay('exports:write')
  return (
    <>
      <PageHeader
        title="Datasets"
        description="Named series of exports. Each version is a whole dataset; it lists what it added, changed and removed."
      />
      <QueryView
        query={datasets}
        errorTitle="The datasets could not be loaded"
        loading={<LoadingLines count={4} height={36} />}
        isEmpty={(found) => found.length === 0}
        empty={
          <>
            <EmptyState
              title="No datasets yet"
              action={mayExport && <LinkButton to="/">New export</LinkButton>}
            >
              Give an export a dataset name, and it becomes version 1. The next export of that name becomes
              version 2; with “Incremental” it adds only the rows that are new.
            </EmptyState>
            <CodeBlock
              text="lumber export --data-type logs --dataset plant --incremental --output ./plant"
              label="command that creates a version"
            />
          </>
        }
      >
        {(found) => <DatasetTable datasets={found} />}
      </QueryView>
    </>
  )
}
