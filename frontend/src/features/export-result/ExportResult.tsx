import { Stack } from '@mantine/core'
import type { ExportDetails } from '@/lib/api/exports'
import { FileList } from './FileList'
import { Manifest } from './Manifest'
import { OpeningCode } from './OpeningCode'
import { Proof } from './Proof'
import { QualityReport } from './QualityReport'
import { Verdicts } from './Verdicts'

interface ExportResultProps {
  details: ExportDetails
  /** Called with the topic of a fix that a new export makes; missing if the person may not export. */
  onFix?: (topic: string) => void
}

/**
 * The result of a completed export: verdicts, files, code to open them, splits and proof, quality report,
 * manifest.
 */
export function ExportResult({ details, onFix }: ExportResultProps) {
  return (
    <Stack gap="xl" mt="lg">
      <Verdicts exportId={details.export_id} onFix={onFix} />
      <FileList exportId={details.export_id} />
      <OpeningCode details={details} />
      <Proof details={details} />
      <QualityReport exportId={details.export_id} />
      <Manifest exportId={details.export_id} />
    </Stack>
  )
}
