import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { type TableName, tableRowQuery } from '@/lib/api/table-rows'
import { RowInFull } from './RowInFull'

interface TableDrawerProps {
  table: TableName
  /** Id of the row; undefined: none is shown. */
  id: string | undefined
  onClose: () => void
}

/** One row of a table in full. */
export function TableDrawer({ table, id, onClose }: TableDrawerProps) {
  const row = useQuery({ ...tableRowQuery(table, id ?? ''), enabled: id !== undefined })
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={`Row ${id ?? ''} of ${table.kind}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <QueryView
        query={row}
        errorTitle="The row could not be loaded"
        loading={<LoadingLines count={12} height={24} />}
      >
        {(found) => <RowInFull row={found} />}
      </QueryView>
    </Drawer>
  )
}
