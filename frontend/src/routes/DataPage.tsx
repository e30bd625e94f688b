import { PageHeader } from '@/components/PageHeader'

export function DataPage() {
  return <PageHeader title="Data" />
}
