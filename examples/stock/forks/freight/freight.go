// Package freight knows what a delivery costs.
package freight

// Cost is that of a parcel.
const Cost = 5
