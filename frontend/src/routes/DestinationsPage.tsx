import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { Allowed } from '@/components/Allowed'
import { EmptyState } from '@/components/EmptyState'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { DestinationForm } from '@/features/destinations/DestinationForm'
import { DestinationTable } from '@/features/destinations/DestinationTable'
import { destinationsQuery } from '@/lib/api/destinations'
import { useMay } from '@/lib/session'

/** All destinations. */
export function DestinationsPage() {
  return (
    <Allowed scope="exports:read" title="Destinations">
      <Destinations />
    </Allowed>
  )
}

function Destinations() {
  const destinations = useQuery(destinationsQuery())
  const mayChange = useMay('admin')
  const [isAdding, { open, close }] = useDisclosure(false)
  return (
    <>
      <PageHeader
        title="Destinations"
        description="Folders and object stores that datasets are published to."
        actions={mayChange && <Button onClick={open}>Add destination</Button>}
      />
      <QueryView
        query={destinations}
        errorTitle="The destinations could not be loaded"
        loading={<LoadingLines count={4} height={36} />}
        isEmpty={(found) => found.length === 0}
        empty={
          <EmptyState title="No destinations yet">
            {mayChange
              ? 'Add a folder, an S3 bucket, or a store of Google or Azure. The service probes it first: it writes, reads, lists and deletes a small object, and finds out what the store can promise. Exports then name it.'
              : 'An admin adds folders and object stores. Exports can then be published to them.'}
          </EmptyState>
        }
      >
        {(found) => <DestinationTable destinations={found} mayChange={mayChange} />}
      </QueryView>
      <Modal opened={isAdding} onClose={close} title="Add a destination" size="lg">
        <DestinationForm
          onAdded={({ name, status }) => {
            close()
            notifications.show({ message: `Added ${name}. The probe says: ${status}.` })
          }}
        />
      </Modal>
    </>
  )
}
