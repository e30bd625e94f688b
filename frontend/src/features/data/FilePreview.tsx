import { Loader, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { ErrorNotice } from '@/components/ErrorNotice'
import { type FilePreviewReport, filePreviewQuery } from '@/lib/api/file-preview'
import { formatCount, plural } from '@/lib/format'
import { FirstRows } from './FirstRows'
import { LoadQuality } from './LoadQuality'
import type { ReadingOptions } from './upload-queue'

const WAIT_MS = 400

interface FilePreviewProps {
  file: File
  options: ReadingOptions
}

/** The first rows of a file as a load with these options would store them. Nothing is written. */
export function FilePreview({ file, options }: FilePreviewProps) {
  const [settled] = useDebouncedValue(options, WAIT_MS)
  const preview = useQuery(filePreviewQuery(file, settled))
  const isOld = preview.isPlaceholderData || preview.isFetching || settled !== options
  return (
    <section aria-label={`Preview of ${file.name}`} aria-busy={isOld}>
      <Stack gap="xs">
        {isOld && (
          <Text size="sm" role="status">
            <Loader size="xs" mr="xs" aria-hidden />
            Reading the first lines
          </Text>
        )}
        {preview.error ? (
          <ErrorNotice error={preview.error} title="The file cannot be previewed" />
        ) : (
          preview.data && <Found report={preview.data} />
        )}
      </Stack>
    </section>
  )
}

function Found({ report }: { report: FilePreviewReport }) {
  const lines = report.has_more ? `The first ${plural(report.lines, 'line')}` : plural(report.lines, 'line')
  return (
    <>
      <Text size="sm">
        {lines}: {formatCount(report.loaded)} would be loaded, {formatCount(report.rejected)} rejected.
      </Text>
      <LoadQuality report={report} isPreview />
      {report.ignored_fields.length > 0 && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          Ignored fields: {report.ignored_fields.join(', ')}
        </Text>
      )}
      {report.rows.length > 0 && <FirstRows rows={report.rows} />}
    </>
  )
}
