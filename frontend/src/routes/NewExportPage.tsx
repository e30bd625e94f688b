import { PageHeader } from '@/components/PageHeader'

export function NewExportPage() {
  return <PageHeader title="New export" />
}
