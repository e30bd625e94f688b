import { Progress, Table } from '@mantine/core'
import type { KindQuality } from '@/lib/api/reports'
import { formatPercent } from '@/lib/format'

interface FieldTableProps {
  fields: KindQuality['fields']
}

/** Completeness and validity of each field. */
export function FieldTable({ fields }: FieldTableProps) {
  return (
    <Table.ScrollContainer minWidth={420}>
      <Table verticalSpacing={4} fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Field</Table.Th>
            <Table.Th>Filled</Table.Th>
            <Table.Th>Valid</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {Object.entries(fields).map(([name, { completeness, conformity }]) => (
            <Table.Tr key={name}>
              <Table.Td ff="monospace">{name}</Table.Td>
              <Table.Td>
                <Share name={`${name} filled`} value={completeness} />
              </Table.Td>
              <Table.Td>
                <Share name={`${name} valid`} value={conformity} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

interface ShareProps {
  name: string
  value: number | null
}

function Share({ name, value }: ShareProps) {
  if (value === null) return <>–</>
  return (
    <div style={{ display: 'flex', gap: 8, alignItems: 'center' }}>
      <Progress value={value * 100} w={90} aria-label={name} />
      <span>{formatPercent(value)}</span>
    </div>
  )
}
