import { Anchor, Badge, List, Table } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Moment } from '@/components/Moment'
import type { Policy } from '@/lib/api/policies'
import { ruleText } from '@/lib/policy-text'

const RULES = [
  'kinds',
  'processes',
  'earliest',
  'latest',
  'max_days',
  'privacy_required',
  'privacy_modules',
  'max_rows',
  'destinations',
  'rows_per_day',
  'bytes_per_day',
] as const

interface PolicyTableProps {
  policies: Policy[]
}

/** All policies: whom they are for, and what they allow. */
export function PolicyTable({ policies }: PolicyTableProps) {
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing={6} fz="sm" aria-label="Policies" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>For</Table.Th>
            <Table.Th>Allows only</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th ta="right">Version</Table.Th>
            <Table.Th>Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {policies.map((policy) => (
            <Table.Tr key={policy.policy_id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                <Anchor component={Link} to={`/policies/${policy.policy_id}`} fz="sm">
                  {policy.name}
                </Anchor>
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{forText(policy)}</Table.Td>
              <Table.Td maw={380} style={{ overflowWrap: 'anywhere' }}>
                <Rules policy={policy} />
              </Table.Td>
              <Table.Td>
                <Badge variant="light" color={policy.is_enabled ? 'green' : 'gray'} radius="sm">
                  {policy.is_enabled ? 'enabled' : 'off'}
                </Badge>
              </Table.Td>
              <Table.Td ta="right">{policy.version}</Table.Td>
              <Table.Td>
                <Moment at={policy.updated_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function Rules({ policy }: { policy: Policy }) {
  const stated = RULES.flatMap((rule) => {
    const value: unknown = policy[rule]
    const isSet = value !== null && value !== undefined && value !== false
    return isSet && !(Array.isArray(value) && value.length === 0) ? [ruleText({ rule, value })] : []
  })
  const columns = Object.entries(policy.columns ?? {}).map(([kind, value]) =>
    ruleText({ rule: 'columns', kind, value }),
  )
  const texts = [...stated, ...columns]
  if (texts.length === 0) return <>everything</>
  return (
    <List size="sm">
      {texts.map((text) => (
        <List.Item key={text}>{text}</List.Item>
      ))}
    </List>
  )
}

function forText({ applies_to: { roles, users } }: Policy): string {
  return [...roles.map((role) => `role ${role}`), ...users].join(', ')
}
