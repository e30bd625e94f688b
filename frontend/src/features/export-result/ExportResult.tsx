import { Stack } from '@mantine/core'
import type { ExportDetails } from '@/lib/api/exports'
import { FileList } from './FileList'
import { Manifest } from './Manifest'
import { OpeningCode } from './OpeningCode'
import { Proof } from './Proof'
import { QualityReport } from './QualityReport'

interface ExportResultProps {
  details: ExportDetails
}

/**
 * The result of a completed export: files, code to open them, splits and proof, quality report,
 * manifest.
 */
export function ExportResult({ details }: ExportResultProps) {
  return (
    <Stack gap="xl" mt="lg">
      <FileList exportId={details.export_id} />
      <OpeningCode details={details} />
      <Proof details={details} />
      <QualityReport exportId={details.export_id} />
      <Manifest exportId={details.export_id} />
    </Stack>
  )
}
