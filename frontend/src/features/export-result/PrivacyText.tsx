import { Text, Title } from '@mantine/core'
import type { KindProof, PrivacyFacts } from '@/lib/api/manifest'
import { formatCount, plural } from '@/lib/format'

const ADDRESS_WORDS: Record<string, string> = {
  prefix_preserving: 'replaced with addresses of the same prefixes',
  token: 'replaced with tokens',
  truncate: 'cut to their network prefix',
  drop: 'removed',
  keep: 'kept',
}

interface PrivacyTextProps {
  facts: PrivacyFacts
  proof: NonNullable<KindProof['privacy']>
}

/** What was replaced in a kind, and the result of the scan after writing. */
export function PrivacyText({ facts, proof }: PrivacyTextProps) {
  const { replaced, residue_scan: scan } = proof
  const counts = countsText(replaced)
  const columns = Object.entries(proof.replaced_by_column ?? {})
  return (
    <section aria-label="Privacy">
      <Title order={3} size="h6">
        Privacy
      </Title>
      <Text size="sm">
        Addresses are {ADDRESS_WORDS[facts.addresses] ?? facts.addresses}
        {facts.tokens.length > 0 && `; tokens for ${facts.tokens.join(', ')}`}; secrets are {facts.secrets}
        {facts.key_id && `; key ${facts.key_id}`}. {counts ? `Replaced: ${counts}.` : 'Nothing was replaced.'}
      </Text>
      {columns.map(([column, found]) => (
        <Text size="sm" key={column}>
          In {column}: {countsText(found)}.
        </Text>
      ))}
      <Text size="sm">
        Scan after writing: {plural(scan.files, 'file')}, {plural(scan.rows, 'row')},{' '}
        {scan.residues === 0 ? 'no residue' : plural(scan.residues, 'residue')}.
      </Text>
    </section>
  )
}

function countsText(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([type, count]) => `${type} ${formatCount(count)}`)
    .join(', ')
}
