import { PageHeader } from "../../components/page";

export default function Page() {
  return <PageHeader title="quotas" />;
}
