import { Button, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { Moment } from '@/components/Moment'
import type { SourceRecord } from '@/lib/api/ingest'
import { formatCount } from '@/lib/format'
import { useMay } from '@/lib/session'
import { DeleteLoad } from './DeleteLoad'
import { RejectedLines } from './RejectedLines'
import { formatsText } from './formats-text'

const COLUMNS = 7

interface SourceRowProps {
  source: SourceRecord
}

/** One loaded file, with its rejected lines on demand. */
export function SourceRow({ source }: SourceRowProps) {
  const [isOpen, setIsOpen] = useState(false)
  const mayLoad = useMay('ingest:write')
  const name = source.name === '-' ? 'standard input' : source.name
  return (
    <>
      <Table.Tr>
        <Table.Td style={{ overflowWrap: 'anywhere' }}>
          {name}
          {source.formats.length > 0 && (
            <Text size="xs" c="dimmed">
              Recognised: {formatsText(source.formats, source.unrecognised)}
            </Text>
          )}
          {!source.is_complete && (
            <Text size="xs" c="dimmed">
              Incomplete. Load the file again to resume.
            </Text>
          )}
        </Table.Td>
        <Table.Td>{source.kind}</Table.Td>
        <Table.Td ta="right">{formatCount(source.lines)}</Table.Td>
        <Table.Td ta="right">{formatCount(source.loaded)}</Table.Td>
        <Table.Td ta="right">
          {source.rejected === 0 || !mayLoad ? (
            formatCount(source.rejected)
          ) : (
            <Button
              size="compact-xs"
              variant="default"
              aria-expanded={isOpen}
              aria-label={`${isOpen ? 'Hide' : 'Show'} rejected lines of ${name}: ${formatCount(source.rejected)}`}
              onClick={() => setIsOpen(!isOpen)}
            >
              {formatCount(source.rejected)}
            </Button>
          )}
        </Table.Td>
        <Table.Td>
          <Moment at={source.updated_at} />
        </Table.Td>
        <Table.Td ta="right">
          {mayLoad && source.can_delete && <DeleteLoad sourceId={source.source_id} name={name} />}
        </Table.Td>
      </Table.Tr>
      {isOpen && (
        <Table.Tr>
          <Table.Td colSpan={COLUMNS}>
            <RejectedLines sourceId={source.source_id} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  )
}
