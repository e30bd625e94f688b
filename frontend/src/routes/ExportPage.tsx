import { PageHeader } from '@/components/PageHeader'

export function ExportPage() {
  return <PageHeader title="Export" />
}
