import { useNavigate, useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { PageHeader } from '@/components/PageHeader'
import { ExportHistory } from '@/features/export-history/ExportHistory'
import { historySearch } from '@/lib/history'

/** Every export there is. What is shown stands in the address: a reload or a link shows the same. */
export function HistoryPage() {
  const search = useSearch({ from: '/exports' })
  const navigate = useNavigate({ from: '/exports' })
  return (
    <Allowed scope="exports:read" title="Export history">
      <PageHeader title="Export history" />
      <ExportHistory
        search={search}
        onSearch={(changes) => {
          const isTyping = 'text' in changes && changes.text !== undefined
          void navigate({
            search: historySearch({ ...search, ...changes }),
            // Letters of one search are one step back.
            replace: isTyping,
          })
        }}
      />
    </Allowed>
  )
}
