import { Table } from '@mantine/core'
import type { ReactNode } from 'react'

export interface PairRow {
  name: string
  a: ReactNode
  b: ReactNode
  /** What changed from A to B. */
  change?: ReactNode
}

interface PairTableProps {
  label: string
  /** Heading of the first column. */
  of: string
  rows: PairRow[]
  /** Heading of the last column, if there is one. */
  change?: string
  isText?: boolean
  /** Columns of the same width, for long values. */
  isFixed?: boolean
}

/** Values of A and B side by side. */
export function PairTable({ label, of, rows, change, isText = false, isFixed = false }: PairTableProps) {
  const align = isText ? undefined : 'right'
  return (
    <Table.ScrollContainer minWidth={change ? 440 : 340} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table verticalSpacing={6} fz="sm" aria-label={label} layout={isFixed ? 'fixed' : undefined}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{of}</Table.Th>
            <Table.Th ta={align}>A</Table.Th>
            <Table.Th ta={align}>B</Table.Th>
            {change && <Table.Th ta="right">{change}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.name}>
              <Table.Td style={WRAPPED}>{row.name}</Table.Td>
              <Table.Td ta={align} style={WRAPPED}>
                {row.a}
              </Table.Td>
              <Table.Td ta={align} style={WRAPPED}>
                {row.b}
              </Table.Td>
              {change && <Table.Td ta="right">{row.change}</Table.Td>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

const WRAPPED = { overflowWrap: 'anywhere' } as const
