using AutoMapper;
using GoApi.Application.Reviews;
using GoApi.Domain.Reviews;
using GoApi.Infrastructure.Identity;

namespace GoApi.Infrastructure.Reviews;

/// <summary>A review and who wrote it, joined.</summary>
internal sealed record ReviewRow
{
    public required Review Review { get; init; }

    public required AppUser Author { get; init; }
}

internal sealed class ReviewMapping : Profile
{
    public ReviewMapping()
    {
        CreateMap<Review, ReviewDto>(MemberList.None);
        CreateMap<ReviewRow, ReviewDto>()
            .IncludeMembers(row => row.Review)
            .ForMember(dto => dto.UserId, map => map.MapFrom(row => row.Review.AuthorId))
            .ForMember(dto => dto.AuthorName, map => map.MapFrom(row => row.Author.FirstName + " " + row.Author.LastName));
    }
}
