/** What to try first. They suit the sample workspace of the demo, and ask nothing odd of a real one. */
export const SUGGESTIONS = [
  { title: "Find and summarise", text: "Find the Team Handbook and summarise it" },
  { title: "See what is under way", text: "List the rows of Roadmap with status In progress" },
  { title: "Look something up", text: "Find pages about releases" },
  {
    title: "Change something",
    text: 'Add a to-do "Say hello to the team" to the Onboarding Checklist',
  },
] as const;
