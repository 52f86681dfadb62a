"""The analyses by question: a sample and a plan in, results with notes out."""
