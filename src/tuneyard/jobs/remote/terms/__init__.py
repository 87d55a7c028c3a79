"""What renting means for a job, before anything is rented: offers, the exact request, what travels."""
