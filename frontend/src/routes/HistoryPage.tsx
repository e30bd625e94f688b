import { PageHeader } from '@/components/PageHeader'

export function HistoryPage() {
  return <PageHeader title="History" />
}
