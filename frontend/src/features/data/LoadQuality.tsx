import { Alert, List, Text } from '@mantine/core'
import { Icon } from '@/components/Icon'
import type { UploadReport } from '@/lib/api/ingest'
import { formatCount } from '@/lib/format'
import { formatsText } from './formats-text'
import { NOUNS, hasFields, levelAdvice } from './level-advice'

const MOST_REASONS = 5

type Quality = Pick<
  UploadReport,
  | 'lines'
  | 'formats'
  | 'unrecognised'
  | 'reasons'
  | 'filled'
  | 'loaded'
  | 'is_mostly_rejected'
  | 'are_years_guessed'
  | 'joined_lines'
  | 'joined_records'
>

interface LoadQualityProps {
  report: Quality
  isPreview?: boolean
}

/** How well a load went, or would go: why lines were rejected, what is known of others, what was guessed. */
export function LoadQuality({ report, isPreview = false }: LoadQualityProps) {
  const { reasons, filled, loaded } = report
  const shares = Object.entries(filled).map(
    ([name, count]) => `${NOUNS[name] ?? name} ${share(count, loaded)}`,
  )
  const others = reasons.slice(MOST_REASONS).reduce((sum, { count }) => sum + count, 0)
  const withoutLevel = loaded - (filled.log_level ?? loaded)
  const advice = levelAdvice(report)
  const isNothing = loaded === 0 && report.lines > 0
  return (
    <>
      {report.is_mostly_rejected && (
        <Alert
          color="red"
          role="alert"
          icon={<Icon name="alert" />}
          title={`${isNothing ? 'All' : 'Almost all'} lines ${isPreview ? 'would be' : 'were'} rejected`}
          my="xs"
        >
          <Text size="sm">
            {!isPreview && !isNothing && 'Loaded rows stay. '}Check the data type, the format and the content
            of the file.
            {hasFields(report.formats) && ' Name its fields under \u201cDefine the format\u201d.'}
          </Text>
        </Alert>
      )}
      {report.lines > 0 && (
        <Text size="sm">Recognised: {formatsText(report.formats, report.unrecognised)}.</Text>
      )}
      {reasons.length > 0 && (
        <List size="sm" c="red" aria-label="Reasons of rejected lines" style={{ overflowWrap: 'anywhere' }}>
          {reasons.slice(0, MOST_REASONS).map(({ reason, count, line, example }) => (
            <List.Item key={reason}>
              {formatCount(count)} rejected: {reason}, for example line {formatCount(line)}
              {example.trim() !== '' && `: ${example.trim()}`}
            </List.Item>
          ))}
          {others > 0 && <List.Item>{formatCount(others)} rejected for other reasons</List.Item>}
        </List>
      )}
      {report.joined_lines > 0 && (
        <Text size="sm">
          Continuation lines joined to a log line: {formatCount(report.joined_lines)}. Log lines with such
          lines: {formatCount(report.joined_records)}.
        </Text>
      )}
      {loaded > 0 && shares.length > 0 && (
        <Text size="sm">Share of lines with a value: {shares.join(', ')}.</Text>
      )}
      {advice !== null && <Text size="sm">{advice}</Text>}
      {advice === null && withoutLevel > 0 && (
        <Text size="sm">
          {share(withoutLevel, loaded)} have no level: set the default level if you know it.
        </Text>
      )}
      {report.are_years_guessed && loaded > 0 && (
        <Text size="sm">Years were guessed, because times have none: set the year if you know it.</Text>
      )}
      {!isPreview && loaded > 0 && (withoutLevel > 0 || advice !== null || report.are_years_guessed) && (
        <Text size="sm">To load it with other options, first delete it below, under “Loaded files”.</Text>
      )}
    </>
  )
}

/** A share as text. Only all is 100%, and only none is 0%. */
function share(part: number, whole: number): string {
  const percent = (100 * part) / whole
  if (percent > 0 && percent < 1) return 'less than 1%'
  return `${part < whole ? Math.min(Math.round(percent), 99) : 100}%`
}
