import { Stack, Tabs, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { QueryView } from '@/components/QueryView'
import { type ExportDetails, manifestQuery } from '@/lib/api/exports'
import type { KindProof, Manifest, PrivacyFacts } from '@/lib/api/manifest'
import { formatCount } from '@/lib/format'
import { BalanceBars } from './BalanceBars'
import { LeakageTable } from './LeakageTable'
import { PrivacyText } from './PrivacyText'
import { hasProof } from './proven'
import { SplitTable } from './SplitTable'

interface ProofProps {
  details: ExportDetails
}

/** Splits, labels, leakage and privacy of an export, from its manifest. */
export function Proof({ details }: ProofProps) {
  const isAsked = hasProof(details.export_config)
  const manifest = useQuery({ ...manifestQuery(details.export_id), enabled: isAsked })
  if (!isAsked) return null
  return (
    <section aria-label="Splits and proof">
      <Title order={2} size="h4" mb="xs">
        Splits and proof
      </Title>
      <QueryView query={manifest} errorTitle="The manifest could not be loaded">
        {(data) => {
          const { kinds, privacy } = data as Manifest
          const names = Object.keys(kinds)
          return (
            <Tabs defaultValue={names[0]} keepMounted={false}>
              <Tabs.List>
                {names.map((name) => (
                  <Tabs.Tab key={name} value={name}>
                    {name}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              {Object.entries(kinds).map(([name, proof]) => (
                <Tabs.Panel key={name} value={name} pt="md">
                  <KindPanel proof={proof} privacy={privacy} />
                </Tabs.Panel>
              ))}
            </Tabs>
          )
        }}
      </QueryView>
    </section>
  )
}

interface KindPanelProps {
  proof: KindProof
  privacy: PrivacyFacts | undefined
}

function KindPanel({ proof, privacy }: KindPanelProps) {
  const parts = [
    [proof.written, 'written'],
    [proof.rejected, 'rejected'],
    [proof.deduplicated, 'duplicates'],
    [proof.sampled_out ?? 0, 'not sampled or in no split'],
  ] as const
  const shown = parts.filter(([rows], index) => index < 2 || rows > 0)
  return (
    <Stack gap="lg">
      <Text size="sm">
        {formatCount(proof.read)} read ={' '}
        {shown.map(([rows, name]) => `${formatCount(rows)} ${name}`).join(' + ')}.
      </Text>
      <SplitTable proof={proof} />
      {proof.labels && <BalanceBars labels={proof.labels} />}
      {proof.leakage && proof.leakage.length > 0 && <LeakageTable pairs={proof.leakage} />}
      {proof.privacy && privacy && <PrivacyText facts={privacy} proof={proof.privacy} />}
    </Stack>
  )
}
