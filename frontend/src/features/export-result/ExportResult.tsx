import { Stack } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { type ExportDetails, filesQuery, verdictsQuery } from '@/lib/api/exports'
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
  /** What follows the result. */
  children?: ReactNode
}

/**
 * The result of a completed export: verdicts, files, code to open them, splits and proof, quality report,
 * manifest.
 */
export function ExportResult({ details, onFix, children }: ExportResultProps) {
  const { export_id: exportId } = details
  // All are asked for at once. What is below a part comes after it, so that it never moves.
  const isJudged = !useQuery(verdictsQuery(exportId)).isPending
  const hasData = !useInfiniteQuery(filesQuery(exportId, 'data')).isPending
  const hasDocuments = !useInfiniteQuery(filesQuery(exportId, 'documents')).isPending
  // Once shown they stay, whatever is loaded again.
  const [isReady, setIsReady] = useState(false)
  if (!isReady && isJudged && hasData && hasDocuments) setIsReady(true)
  return (
    <Stack gap="xl" mt="lg">
      <Verdicts exportId={exportId} onFix={onFix} />
      {isReady && (
        <>
          <FileList exportId={exportId} />
          <OpeningCode details={details} />
          <Proof details={details} />
          <QualityReport exportId={exportId} />
          <Manifest exportId={exportId} />
          {children}
        </>
      )}
    </Stack>
  )
}
